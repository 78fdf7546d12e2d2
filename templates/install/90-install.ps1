
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
        Set-UnitProperty $Unit
    }
    foreach ($Unknown in $Ports.Keys) { Stop-Run "there is no port ``$Unknown``" ('its ports: ' + (@($Units | ForEach-Object { $_.Instance.ports } | ForEach-Object { $_.name }) -join ', ')) 2 }
}

# Values of installer properties take the place of their symbols.
function Set-UnitProperty {
    param([object] $Unit)
    $Properties = ConvertTo-OptionTable $Property 'Property'
    foreach ($Value in @($Unit.Service.parameters | Where-Object { $_.key -eq 'Parameters\Properties' })) {
        $Key = (Get-ServiceKey $Unit.Instance.service_name) + '\' + $Value.key
        if ($Properties.ContainsKey($Value.name)) { $Value.data = @($Properties[$Value.name]) }
        elseif (Test-KeyValue $Key $Value.name) { $Value.data = @(Get-KeyValue $Key $Value.name) }
        else { Stop-Run "the property ``$($Value.name)`` has no value" "give it with -Property $($Value.name)=value" 2 }
        $Value.rendered = $false
    }
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
    Copy-Item -LiteralPath $From -Destination "$To.new" -Force
    Complete-Copy $To
}

function Complete-Copy {
    param([string] $To)
    Move-Item -LiteralPath "$To.new" -Destination $To -Force
    Add-Change "file $To"
}

# The program's files. Every service that runs them is stopped meanwhile: those of other instances, too, whose turn to start again
# comes at once. Everything is copied before the first one stops.
function Install-Program {
    param([object[]] $Units)
    $Target = $Run.Release.locations.version
    $Changed = @(Get-ProgramFile | Where-Object { -not (Test-SameFile (Join-Path $PSScriptRoot $_) (Join-Path $Target $_)) })
    if ($Changed.Count -eq 0) { return }
    try {
        foreach ($Name in $Changed) { Copy-Item -LiteralPath (Join-Path $PSScriptRoot $Name) -Destination ((Join-Path $Target $Name) + '.new') -Force }
        Stop-Program $Units
        foreach ($Name in $Changed) { Complete-Copy (Join-Path $Target $Name) }
    }
    finally {
        foreach ($Left in @($Changed | ForEach-Object { (Join-Path $Target $_) + '.new' } | Where-Object { Test-Path -LiteralPath $_ })) { Remove-Item -LiteralPath $Left -Force }
    }
    Resume-Interrupted @($Units | ForEach-Object { $_.Instance.service_name })
}

# Stops what runs the program's files, and remembers it.
function Stop-Program {
    param([object[]] $Units)
    $Patience = (@($Units | ForEach-Object { $_.Service.stop_timeout_ms }) | Measure-Object -Maximum).Maximum + 30000
    foreach ($Name in @(Get-ProgramService | Where-Object { @('Stopped', 'Absent') -notcontains (Get-ServiceStatus $_) })) {
        $Run.Interrupted += $Name
        Stop-Instance $Name $Patience
    }
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
    if (-not $NoStart -and @('auto', 'delayed') -contains $Unit.Service.start) {
        Invoke-Work $Place.service_name 'start the service' { Start-Instance $Unit }
    }
}

Invoke-Whole {
    $Units = @(Get-Unit)
    Set-UnitOption $Units
    Assert-Ours $Units
    $Run.Interrupted = @()
    $Except = @()
    try {
        Invoke-Work $Run.Release.locations.version 'copy the program' {
            Install-Folder $Units
            Install-Program $Units
        }
        foreach ($Unit in $Units) { Install-Unit $Unit }
        if ($NoStart) { $Except = @($Units | ForEach-Object { $_.Instance.service_name }) }
    }
    finally { Resume-Interrupted $Except }
}
