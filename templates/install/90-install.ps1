
# ---- Install ------------------------------------------------------------------------------------------------------------------

# Ports, properties and directories that the command line gives. Others stay as they were installed.
function Set-UnitOption {
    param([object[]] $Units)
    $Ports = ConvertTo-OptionTable $Port 'Port'
    foreach ($Unit in $Units) {
        $Place = $Unit.Instance
        Read-InstalledPlace $Unit
        $Place.config.path = Resolve-Option $ConfigDirectory $Place.config.path 'ConfigDirectory'
        $Place.data.path = Resolve-Option $DataDirectory $Place.data.path 'DataDirectory'
        $Place.log.path = Resolve-Option $LogDirectory $Place.log.path 'LogDirectory'
        foreach ($Known in $Place.ports) {
            if (-not $Ports.ContainsKey($Known.name)) { continue }
            $Number = 0
            if (-not [int]::TryParse($Ports[$Known.name], [ref]$Number) -or $Number -lt 1 -or $Number -gt 65535) { Stop-Run "``$($Ports[$Known.name])`` is not a port" 'ports are from 1 to 65535' 2 }
            $Known.port = $Number
            $Ports.Remove($Known.name)
        }
    }
    Assert-Property $Units
    foreach ($Unknown in $Ports.Keys) { Stop-Run "there is no port ``$Unknown``" ('its ports: ' + (@($Units | ForEach-Object { $_.Instance.ports } | ForEach-Object { $_.name }) -join ', ')) 2 }
}

# The files beside this script that belong into the installation folder.
function Get-ProgramFile {
    $Own = @('install.ps1')
    return @(Get-ChildItem -LiteralPath $PSScriptRoot -File | Where-Object { $Own -notcontains $_.Name } | ForEach-Object { $_.Name } | Sort-Object)
}

function Test-SameFile {
    param([string] $One, [string] $Other)
    if (-not (Test-Path -LiteralPath $Other)) { return $false }
    return (Get-FileHash -LiteralPath $One -Algorithm SHA256).Hash -eq (Get-FileHash -LiteralPath $Other -Algorithm SHA256).Hash
}

function Copy-Changed {
    param([string] $From, [string] $To)
    Copy-File $From $To
    Add-Change "file $To"
}

function Complete-Copy {
    param([string] $To)
    Move-File "$To.new" $To
    Add-Change "file $To"
}

# The program's files. Every service that runs them is stopped meanwhile: those of other instances, too, whose turn to start again
# comes at once. Everything is copied before the first one stops. Files that the release no longer has go. service.json comes last of all,
# because it says what the former version had.
function Install-Program {
    param([object[]] $Units, [object] $Former, [string[]] $Gone)
    $Target = $Run.Release.locations.version
    $Files = @(Get-ProgramFile)
    $Changed = @($Files | Where-Object { -not (Test-SameFile (Join-Path $PSScriptRoot $_) (Join-Path $Target $_)) })
    if ($Former) { $Changed = @($Changed | Where-Object { $_ -ne 'service.json' }) }
    $Dropped = @(if ($Former) { $Former.files | Where-Object { $Files -notcontains $_ -and $_ -notmatch '[\\/:]' -and (Test-Path -LiteralPath (Join-Path $Target $_)) } })
    if ($Changed.Count -eq 0 -and $Dropped.Count -eq 0) { return }
    try {
        foreach ($Name in $Changed) { Invoke-FileWork { Copy-Item -LiteralPath (Join-Path $PSScriptRoot $Name) -Destination ((Join-Path $Target $Name) + '.new') -Force } }
        Stop-Program $Units
        foreach ($Name in $Changed) { Complete-Copy (Join-Path $Target $Name) }
        foreach ($Name in $Dropped) {
            Remove-Path (Join-Path $Target $Name)
            Add-Change "file $(Join-Path $Target $Name) removed"
        }
    }
    finally {
        foreach ($Left in @($Changed | ForEach-Object { (Join-Path $Target $_) + '.new' } | Where-Object { Test-Path -LiteralPath $_ })) { Remove-Item -LiteralPath $Left -Force }
    }
    Resume-Interrupted (@($Units | ForEach-Object { $_.Instance.service_name }) + $Gone)
}

# Stops what runs the program's files, and remembers it.
function Stop-Program {
    param([object[]] $Units)
    $Own = @($Units | ForEach-Object { $_.Instance.service_name })
    foreach ($Name in @(Get-ProgramService)) {
        if ($Own -contains $Name) { Clear-Recovery $Name }
        if (@('Stopped', 'Absent') -contains (Get-ServiceStatus $Name)) { continue }
        $Run.Interrupted += $Name
        Stop-Instance $Name (Get-StopTimeout $Name)
    }
}

# The services of the former version, and of former names, that this one does not have: they run from this folder.
function Get-GoneService {
    param([object[]] $Units, [object] $Former)
    $Own = @($Units | ForEach-Object { $_.Instance.service_name })
    $Names = @($Units | ForEach-Object { Get-FormerName $_ })
    if ($Former) { $Names += @($Former.services | ForEach-Object { Get-InstanceName $_.name }) }
    $Here = @(Get-ProgramService)
    return @($Names | Where-Object { $Own -notcontains $_ -and $Here -contains $_ } | Select-Object -Unique)
}

# Start types that an administrator set, and settings that somebody changed, compared with the version that is installed.
function Read-Kept {
    param([object[]] $Units, [object] $Former)
    if (-not $Former) { return }
    foreach ($Unit in $Units) {
        foreach ($Name in @($Unit.Instance.service_name) + @(Get-FormerName $Unit)) {
            $Old = $Former.services | Where-Object { (Get-InstanceName $_.name) -eq $Name } | Select-Object -First 1
            if (-not $Old -or -not (Test-ServiceExists $Name)) { continue }
            # A run that was cut off has retired it.
            if ("$(Get-KeyValue (Get-ServiceKey $Name) 'DisplayName')" -ceq "$Name (retired)") { continue }
            $Run.Kept += New-Kept $Unit.Instance.service_name $Name $Old.start
            Write-ChangedSetting $Unit ([pscustomobject]@{ Service = $Old; Instance = [pscustomobject]@{ service_name = $Name } })
            break
        }
    }
}

# Removes what the former version had, when the new services are there.
function Remove-Gone {
    param([object[]] $Units, [object] $Former, [string[]] $Gone)
    foreach ($Name in $Gone) { Invoke-Work $Name 'delete the service' { Remove-Instance $Name (Get-StopTimeout $Name) } }
    if (-not $Former) { return }
    $Sources = @($Units | ForEach-Object { $_.Service.event_source })
    foreach ($Source in @($Former.services | ForEach-Object { $_.event_source } | Where-Object { $Sources -notcontains $_ } | Select-Object -Unique)) {
        Invoke-Work $Source 'remove the event source' { Remove-EventSource $Source }
    }
    $From = Join-Path $PSScriptRoot 'service.json'
    $To = Join-Path $Run.Release.locations.version 'service.json'
    if (-not (Test-SameFile $From $To)) { Invoke-Work $To 'replace the file' { Copy-Changed $From $To } }
}

# Starts the services again that ran before, but for some.
function Resume-Interrupted {
    param([string[]] $Except = @())
    foreach ($Name in @($Run.Interrupted | Where-Object { $Except -notcontains $_ })) {
        $Run.Interrupted = @($Run.Interrupted | Where-Object { $_ -ne $Name })
        if ((Get-ServiceStatus $Name) -ne 'Stopped') { continue }
        $Code = (Invoke-Native 'sc.exe' @('start', $Name) -Expect 0, 1056, 1053, 1069, 2, 1068, 1075, 1058).Code
        $Deadline = [DateTime]::UtcNow.AddMilliseconds(10000 + [int](Get-KeyValue ((Get-ServiceKey $Name) + '\Parameters') 'StartTimeoutMilliseconds'))
        while ((Get-ServiceStatus $Name) -eq 'StartPending' -and [DateTime]::UtcNow -lt $Deadline) { Start-Sleep -Milliseconds 200 }
        if ((Get-ServiceStatus $Name) -eq 'Running') { Add-Change "service $Name started again" }
        else {
            $Run.ExitCode = 1
            [Console]::Error.WriteLine("error: service ``$Name`` ran before and did not start again: $Code $(Get-StartFailure $Code)")
        }
    }
}

# Below Program Files only administrators may write; elsewhere the folder must be made so.
function Install-Folder {
    param([object[]] $Units)
    $Path = $Run.Release.locations.version
    if ($Path.StartsWith([Environment]::GetEnvironmentVariable('ProgramFiles') + '\', [StringComparison]::OrdinalIgnoreCase)) {
        if (-not (Test-Path -LiteralPath $Path)) {
            New-Item -ItemType Directory -Path $Path -Force | Out-Null
            Add-Change "directory $Path"
        }
        return
    }
    $Access = @(
        @{ trustee = 'S-1-5-18'; rights = 'full' }
        @{ trustee = 'S-1-5-32-544'; rights = 'full' }
        @{ trustee = 'S-1-5-32-545'; rights = 'read' }
        foreach ($Unit in $Units) { @{ trustee = $Unit.Instance.service_sid; rights = 'read' } }
    ) | ForEach-Object { [pscustomobject]$_ }
    Set-Directory ([pscustomobject]@{ path = $Path; access = @($Access); sddl = $null })
}

# Configuration files; an administrator's own stays where the service says so.
function Install-Config {
    param([object] $Unit)
    foreach ($File in $Unit.Service.config) {
        $From = Join-Path $PSScriptRoot $File.file.Replace('/', '\')
        $To = Join-Path $Unit.Instance.config.path $File.name
        if ((Test-Path -LiteralPath $To) -and ($File.keep -or (Test-SameFile $From $To))) { continue }
        Copy-Changed $From $To
    }
}

function Install-Unit {
    param([object] $Unit)
    $Place = $Unit.Instance
    Invoke-Work $Place.service_name 'register the service' {
        Set-ServiceDefinition $Unit
        Set-EventSource $Unit.Service.event_source
    }
    $Data = $Run.Release.locations.data
    $Root = Expand-DeployPath $Data.path
    if (@($Place.config, $Place.data, $Place.log | Where-Object { $_.path.StartsWith("$Root\", [StringComparison]::OrdinalIgnoreCase) }).Count -gt 0) {
        Invoke-Work $Root 'make the directory' { Set-Directory $Data }
    }
    # A virtual account exists with its service only.
    foreach ($Directory in $Place.config, $Place.data, $Place.log) {
        Invoke-Work $Directory.path 'make the directory' { Set-Directory $Directory }
    }
    Invoke-Work $Place.config.path 'copy configuration files' { Install-Config $Unit }
    if (-not $NoStart -and (Test-MeantToRun $Unit)) { Invoke-Work $Place.service_name 'start the service' { Start-Instance $Unit } }
    elseif (-not $NoStart) { Write-Line "    not started: the start type of $($Place.service_name) is $(Get-EffectiveStart $Unit)" }
    Invoke-Work $Place.service_name 'set the recovery actions' { Set-Recovery $Unit }
}

Invoke-Whole {
    $Units = @(Get-Unit)
    Set-UnitOption $Units
    Assert-Ours $Units
    $Former = Read-FormerRelease $Run.Release.locations.version
    Read-Kept $Units $Former
    $Gone = @(Get-GoneService $Units $Former)
    $Except = @()
    try {
        Invoke-Work $Run.Release.locations.version 'copy the program' {
            Install-Folder $Units
            Install-Program $Units $Former $Gone
        }
        foreach ($Name in $Gone) { Invoke-Work $Name 'stop the service, which this version does not have' { Disable-Instance $Name (Get-StopTimeout $Name) $true } }
        $Run.Interrupted = @($Run.Interrupted | Where-Object { $Gone -notcontains $_ })
        foreach ($Unit in $Units) { Install-Unit $Unit }
        Remove-Gone $Units $Former $Gone
        if ($NoStart) { $Except = @($Units | ForEach-Object { $_.Instance.service_name }) }
    }
    finally { Resume-Interrupted $Except }
}
