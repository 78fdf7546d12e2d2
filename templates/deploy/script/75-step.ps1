
# ---- Steps: each brings one thing to what it should be, whatever it was -------------------------------------------------------

function Invoke-Step {
    param([object] $Step, [object] $Journal)
    $Release = Get-Release $Step.version
    $Unit = $null
    $StopTimeout = 60000
    if ($Step.name) { $Unit = Get-InstanceByName $Release $Step.name }
    if ($Unit) { $StopTimeout = $Unit.Service.stop_timeout_ms + 30000 }
    switch ($Step.do) {
        'keep-release' { Save-Release $Release }
        'programs' { Copy-Program $Release }
        'replace' { Set-Instance $Unit }
        'start' { Start-Instance $Unit }
        'front' { Set-Front $Release }
        'traffic' { Set-Traffic $Release @(Get-Traffic $Release $Step.slot $Step.value $Step.name) }
        'judge' { Assert-Success $Release $Step.slot }
        'drain' { Wait-Drained $Release }
        'retire' { Disable-Instance $Step.name $StopTimeout }
        'package' { Install-Package $Release $Journal }
        'firewall' { Set-FirewallRule $Unit }
        'record' { Save-Record $Release $Step.slot $Journal }
        'clean' { Remove-OldVersion $Release }
        'remove-front' { Remove-Front $Release }
        'remove-package' { Remove-Package $Release }
        'remove-service' { Remove-Instance $Step.name $StopTimeout }
        'remove-firewall' { Remove-FirewallRule $Step.name }
        'remove-event-source' { Remove-EventSource $Step.name }
        'remove-files' { Remove-ProductFile $Release ([bool]$Step.value) }
        default { Stop-Run "the journal has a step ``$($Step.do)`` that this script does not know" 'use the Deploy.ps1 that began the action' }
    }
}

# Keeps what is needed to come back to this version: its deployment.json, its configuration files, its package.
function Save-Release {
    param([object] $Release)
    Set-Directory $Release.locations.data
    Set-Directory $Release.locations.state
    if ($Release.product.version -ne $Run.Release.product.version) { return }
    $Folder = Get-ReleaseFolder $Release.product.version
    if (-not (Test-Path -LiteralPath $Folder)) { New-Item -ItemType Directory -Path $Folder -Force | Out-Null }
    foreach ($Artifact in @($Release.artifacts | Where-Object { $_.role -ne 'program' })) {
        Copy-Artifact $Artifact (Join-Path $Folder $Artifact.file.Replace('/', '\'))
    }
    $Nginx = Join-Path $Run.Folder 'nginx\server.conf'
    if (Test-Path -LiteralPath $Nginx) { Copy-Item -LiteralPath $Nginx -Destination (Join-Path $Folder 'nginx.conf') -Force }
    Write-JsonFile (Join-Path $Folder 'deployment.json') $Release
}

# Copies an artifact unless it is there already, and compares what arrived.
function Copy-Artifact {
    param([object] $Artifact, [string] $Path)
    if ((Test-Path -LiteralPath $Path) -and (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash -eq $Artifact.sha256) { return }
    $Folder = Split-Path -Parent $Path
    if (-not (Test-Path -LiteralPath $Folder)) { New-Item -ItemType Directory -Path $Folder -Force | Out-Null }
    Copy-Item -LiteralPath (Join-Path $Run.Folder $Artifact.file.Replace('/', '\')) -Destination "$Path.new" -Force
    if ((Get-FileHash -LiteralPath "$Path.new" -Algorithm SHA256).Hash -ne $Artifact.sha256) { Stop-Run "``$Path`` arrived damaged" 'check the disk, and run again' }
    Move-Item -LiteralPath "$Path.new" -Destination $Path -Force
    Add-Change "file $Path"
}

function Copy-Program {
    param([object] $Release)
    $Folder = Expand-DeployPath $Release.locations.version
    foreach ($Artifact in @($Release.artifacts | Where-Object { $_.role -eq 'program' })) {
        $Path = Join-Path $Folder (Split-Path -Leaf $Artifact.file.Replace('/', '\'))
        if ($Release.product.version -eq $Run.Release.product.version) { Copy-Artifact $Artifact $Path }
        elseif (-not (Test-Path -LiteralPath $Path)) { Stop-Run "``$Path`` of version $($Release.product.version) is gone" 'install that version from its own folder' }
    }
}

# Directories, configuration, service, event source and firewall rules of one instance. It is stopped only if its program changes.
function Set-Instance {
    param([object] $Unit)
    $Name = $Unit.Instance.service_name
    $Key = Get-ServiceKey $Name
    $Image = Get-KeyValue $Key 'ImagePath'
    if ($Image -and $Image -cne (Get-ImagePath $Unit)) { Stop-Instance $Name ($Unit.Service.stop_timeout_ms + 30000) }
    if ($Unit.Service.account.kind -ne 'virtual') { foreach ($Directory in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) { Set-Directory $Directory } }
    Set-ServiceDefinition $Unit
    # A virtual account exists with its service only.
    foreach ($Directory in $Unit.Instance.config, $Unit.Instance.data, $Unit.Instance.log) { Set-Directory $Directory }
    Set-Configuration $Unit
    Set-EventSource $Unit.Service.event_source
    Set-FirewallRule $Unit
}

# Configuration files. One that is kept comes from the running slot, where an administrator may have changed it.
function Set-Configuration {
    param([object] $Unit)
    $Folder = Expand-DeployPath $Unit.Instance.config.path
    foreach ($File in $Unit.Service.config) {
        $Path = Join-Path $Folder $File.name
        $Running = Get-RunningConfiguration $Unit $File.name
        if ($File.keep -and $Running) {
            if ((Test-Path -LiteralPath $Path) -and (Get-FileHash -LiteralPath $Path).Hash -eq (Get-FileHash -LiteralPath $Running).Hash) { continue }
            Copy-Item -LiteralPath $Running -Destination $Path -Force
            Add-Change "configuration $Path"
            continue
        }
        if ($File.keep -and (Test-Path -LiteralPath $Path)) { continue }
        $Artifact = $Unit.Release.artifacts | Where-Object { $_.file -eq $File.file } | Select-Object -First 1
        $Source = Join-Path (Get-ReleaseFolder $Unit.Release.product.version) $File.file.Replace('/', '\')
        if ((Test-Path -LiteralPath $Path) -and (Get-FileHash -LiteralPath $Path -Algorithm SHA256).Hash -eq $Artifact.sha256) { continue }
        Copy-Item -LiteralPath $Source -Destination $Path -Force
        Add-Change "configuration $Path"
    }
}

# The same file of the instance's counterpart in the slot that serves, when that is another one.
function Get-RunningConfiguration {
    param([object] $Unit, [string] $Name)
    $Record = Read-Record
    if (-not $Record -or -not $Unit.Instance.slot -or $Record.current.slot -eq $Unit.Instance.slot) { return $null }
    if ($Record.previous -and $Record.previous.slot -eq $Unit.Instance.slot -and $Record.previous.version -eq $Unit.Release.product.version) { return $null }
    $Peers = @(Get-Instance $Unit.Release $Record.current.slot | Where-Object { $_.Service.name -eq $Unit.Service.name })
    $Own = @(Get-Instance $Unit.Release $Unit.Instance.slot | Where-Object { $_.Service.name -eq $Unit.Service.name })
    for ($Index = 0; $Index -lt $Own.Count; $Index++) {
        if ($Own[$Index].Instance.service_name -ne $Unit.Instance.service_name) { continue }
        $Path = Join-Path (Expand-DeployPath $Peers[$Index].Instance.config.path) $Name
        if (Test-Path -LiteralPath $Path) { return $Path }
    }
    return $null
}

# The old slot stays for the way back, but does not start with Windows.
function Disable-Instance {
    param([string] $Name, [int] $TimeoutMs)
    if (-not (Test-ServiceExists $Name)) { return }
    Stop-Instance $Name $TimeoutMs
    if ((Get-KeyValue (Get-ServiceKey $Name) 'Start') -ne 3) {
        Invoke-Native 'sc.exe' @('config', $Name, 'start=', 'demand') | Out-Null
        Add-Change "service $Name no longer starts with Windows"
    }
}

# Current and previous version, and what was made. A version that replaces itself keeps the previous one.
function Save-Record {
    param([object] $Release, [string] $Slot, [object] $Journal)
    $Now = Read-Record
    $Previous = $null
    $Releases = @($Release)
    if ($Now -and $Now.current.version -eq $Release.product.version) { $Previous = $Now.previous }
    elseif ($Now -and $Journal.operation -ne 'rollback') { $Previous = $Now.current }
    if ($Previous) { $Releases += Get-Release $Previous.version }
    $Record = New-Record (New-Place $Release.product.version $Slot) $Previous $Releases
    if ($Now) {
        foreach ($Kind in 'services', 'firewall', 'events') { $Record.$Kind = @(@($Record.$Kind) + @($Now.$Kind) | Sort-Object -Unique) }
        if ((ConvertTo-Json -InputObject $Now -Depth 5 -Compress) -ceq (ConvertTo-Json -InputObject $Record -Depth 5 -Compress)) { return }
    }
    Write-JsonFile (Get-RecordPath) $Record
    Add-Change "version $($Release.product.version) recorded"
}

# Versions beyond those that the release keeps; the current and the previous one always stay.
function Remove-OldVersion {
    param([object] $Release)
    $Record = Read-Record
    $Keep = @($Record.current.version)
    $More = $Release.rollout.keep_versions
    if ($Record.previous) {
        $Keep += $Record.previous.version
        $More--
    }
    $Folders = @(Get-ChildItem -LiteralPath (Join-Path (Get-StateFolder) 'releases') -Directory | Sort-Object -Property LastWriteTimeUtc -Descending)
    $Kept = 0
    foreach ($Folder in $Folders) {
        $Version = (Read-JsonFile (Join-Path $Folder.FullName 'deployment.json')).product.version
        if ($Keep -contains $Version) { continue }
        $Kept++
        if ($Kept -le $More) { continue }
        $Old = Get-Release $Version
        $Programs = Expand-DeployPath $Old.locations.version
        # A package has one place for all versions.
        if ($Old.mode -ne 'msi' -and (Test-Path -LiteralPath $Programs)) { Remove-Item -LiteralPath $Programs -Recurse -Force }
        Remove-Item -LiteralPath (Get-ReleaseFolder $Version) -Recurse -Force
        Add-Change "version $Version removed"
    }
}

# Program and state directories; configuration and data only when purged, and what stays is listed.
function Remove-ProductFile {
    param([object] $Release, [bool] $All)
    $Program = Expand-DeployPath $Release.locations.program
    $Data = Expand-DeployPath $Release.locations.data.path
    $Paths = @($Program)
    if ($All) { $Paths += $Data }
    else {
        foreach ($Unit in Get-Instance $Release) {
            $Paths += Expand-DeployPath $Unit.Instance.log.path
            foreach ($File in @($Unit.Service.config | Where-Object { -not $_.keep })) { $Paths += Join-Path (Expand-DeployPath $Unit.Instance.config.path) $File.name }
        }
    }
    foreach ($Path in $Paths) {
        if (-not (Test-Path -LiteralPath $Path)) { continue }
        Remove-Item -LiteralPath $Path -Recurse -Force
        Add-Change "$Path removed"
    }
    Remove-State $Release $All
    if (-not (Test-Path -LiteralPath $Data)) { return }
    if (Test-Path -LiteralPath $Data) { foreach ($File in @(Get-ChildItem -LiteralPath $Data -Recurse -File)) { Write-Line "    kept: $($File.FullName)" } }
}

# The script's own folder. What Prepare noted about the server before stays with the data.
function Remove-State {
    param([object] $Release, [bool] $All)
    # The lock and the transcript are open files below it.
    Exit-Lock
    Stop-RunTranscript
    $State = Get-StateFolder
    $Data = Expand-DeployPath $Release.locations.data.path
    if (Test-Path -LiteralPath $State) {
        foreach ($Item in @(Get-ChildItem -LiteralPath $State -Force | Where-Object { $All -or $_.Name -ne 'prepare.json' })) {
            Remove-Item -LiteralPath (Join-Path $State $Item.Name) -Recurse -Force
        }
    }
    if (Test-Path -LiteralPath $Data) { Remove-EmptyFolder $Data }
}

function Remove-EmptyFolder {
    param([string] $Path)
    foreach ($Folder in @(Get-ChildItem -LiteralPath $Path -Directory)) { Remove-EmptyFolder (Join-Path $Path $Folder.Name) }
    if (@(Get-ChildItem -LiteralPath $Path -Force).Count -eq 0) { Remove-Item -LiteralPath $Path -Force }
}
